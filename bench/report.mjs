#!/usr/bin/env node
// node bench/report.mjs FILE…: the tables of what `run.mjs --json FILE` has gathered.

import { readJournal } from './lib/journal.mjs'
import { report } from './lib/report.mjs'

const lines = process.argv.slice(2).flatMap(readJournal)
for (const machine of new Set(lines.map((line) => line.machine).filter(Boolean))) console.log(machine)
console.log(report(lines))
