/** One operation on an app, as the command line does it: asked first where it destroys, watched, and ended by Ctrl+C. */
import type { Worksong } from '../app/index.js'
import {
  type Depth,
  type Hooks,
  isDestructive,
  number,
  type Operation,
  type Plan,
  type Progress,
  parseInput,
  planText,
  type Tools,
} from '../operations/index.js'
import { type Answer, confirmed, needSomebody } from './confirm.js'
import { EXIT, type Output } from './output.js'
import { ProgressLine } from './progress.js'
import { onStopSignal } from './signals.js'

const FOR_EVER_MS = 2 ** 30
const NOTHING = 'interrupted: nothing was changed'

/** The options of what can destroy. */
export interface Care {
  readonly yes?: boolean
  readonly dryRun?: boolean
  /** A dry run counts by name too, however many there are. */
  readonly deep?: boolean
}

/** Judge what was typed, before anything is loaded or opened. @throws WorksongError */
export function judge(operation: Operation, raw: Record<string, unknown>, { yes, dryRun }: Care): void {
  const input = parseInput<unknown>(operation.fields, raw)
  operation.check?.(input)
  if (isDestructive(operation, input) && !yes && !dryRun) needSomebody(operation.name.join(' '))
}

export async function performOn(
  app: Worksong,
  operation: Operation,
  raw: Record<string, unknown>,
  care: Care,
  output: Output,
): Promise<number> {
  const line = new ProgressLine()
  const stop = new AbortController()
  // A handler that waits for nothing that Node knows of would end the process, and nobody be told.
  const awake = setInterval(() => undefined, FOR_EVER_MS)
  let began = false
  const offSignals = operation.long ? onStopSignal((count) => (count === 1 ? stop.abort() : process.exit(EXIT.interrupted))) : undefined
  const hooks: Hooks = {
    signal: stop.signal,
    progress: (progress) => line.tell(progress),
    ...(operation.watched ? { watch: watchOn(line) } : {}),
  }
  try {
    if (care.dryRun && operation.plan) {
      const { result: plan, doubt } = await app.operate(planning(operation, care.deep ? 'names' : 'states'), raw, hooks)
      line.clear()
      output.result({ dryRun: true, ...plan }, planText(plan))
      if (doubt !== undefined) output.note(`note: ${doubt}`)
      return wouldFail(operation, plan) ? EXIT.failed : EXIT.ok
    }
    const answer = await asked(app, operation, raw, care, hooks, line)
    if (answer === 'no') output.nothing('declined', 'Nothing was done.')
    if (answer === 'interrupted') output.nothing('interrupted', NOTHING)
    if (answer !== 'yes') return answer === 'no' ? EXIT.failed : EXIT.interrupted
    began = true
    const { result, doubt } = await app.operate(doubting(operation), raw, hooks)
    line.clear()
    output.result(result, operation.show(result))
    if (doubt !== undefined) output.note(`note: ${doubt}`)
    if (operation.interrupted?.(result)) return EXIT.interrupted
    return operation.failed?.(result) ? EXIT.failed : EXIT.ok
  } catch (error) {
    line.clear()
    // Only a count can have been ended by it: what acts ends by itself, and says how far it came.
    if (stop.signal.aborted && !began) {
      output.nothing('interrupted', NOTHING)
      return EXIT.interrupted
    }
    if (began && line.last && line.last.done > 0) output.note(`${soFar(line.last)} before this:`)
    throw error
  } finally {
    clearInterval(awake)
    offSignals?.()
  }
}

async function asked(
  app: Worksong,
  operation: Operation,
  raw: Record<string, unknown>,
  { yes }: Care,
  hooks: Hooks,
  line: ProgressLine,
): Promise<Answer> {
  if (yes || !operation.plan || !isDestructive(operation, parseInput(operation.fields, raw))) return 'yes'
  const { result: plan } = await app.operate(planning(operation, 'count'), raw, hooks)
  line.clear()
  return plan.count === 0 ? 'yes' : confirmed(plan, undefined, hooks.signal)
}

/** A result with what people should be told beside it. */
interface Doubted<Result> {
  readonly result: Result
  readonly doubt: string | undefined
}

function planning(operation: Operation, depth: Depth): Operation<unknown, Doubted<Plan>> {
  return {
    ...facade(operation),
    async run(tools, input) {
      const result = await (operation.plan as NonNullable<Operation['plan']>)(tools, input, depth)
      return { result, doubt: result.count === 0 ? await doubtAbout(operation, tools, input) : undefined }
    },
  }
}

function doubting(operation: Operation): Operation<unknown, Doubted<unknown>> {
  return {
    ...facade(operation),
    async run(tools, input) {
      const result = await operation.run(tools, input)
      return { result, doubt: await doubtAbout(operation, tools, input, result) }
    },
  }
}

/** What is asked for and checked, without what is done. */
function facade({ name, words, right, fields, examples, store, check }: Operation): Omit<Operation, 'run'> {
  return { name, words, right, fields, examples, ...(store ? { store } : {}), ...(check ? { check } : {}), show: String }
}

/** What was done is done: a look that fails afterwards says nothing. */
async function doubtAbout(operation: Operation, tools: Tools, input: unknown, result?: unknown): Promise<string | undefined> {
  try {
    return await operation.doubt?.(tools, input, result)
  } catch {
    return undefined
  }
}

/** Whether the same verb would exit with 1, by what is known now. */
function wouldFail({ failed }: Operation, { jobs, missing = [] }: Plan): boolean {
  return missing.length > 0 || (jobs !== undefined && failed?.(jobs) === true)
}

/** What a handler says that runs here: its lines above its progress. */
function watchOn(line: ProgressLine): NonNullable<Hooks['watch']> {
  return {
    log: (level, message, fields) => line.say(`${level.padEnd(5)} ${message}${fields === undefined ? '' : ` ${shown(fields)}`}`),
    progress(report) {
      const { done, total, text = 'progress' } = JSON.parse(report) as { done: number; total?: number; text?: string }
      line.tell({ done, words: text, ...(total === undefined ? {} : { total }) })
    },
  }
}

function shown(fields: Record<string, unknown>): string {
  try {
    return JSON.stringify(fields)
  } catch {
    return '[unprintable fields]'
  }
}

function soFar({ done, words }: Progress): string {
  return `${number(done)} ${words}`
}
