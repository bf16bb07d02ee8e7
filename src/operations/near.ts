/** The known name that a mistyped one was probably meant to be. */

/** The nearest of the known names, or undefined when none is close: a typo or two, or one is the beginning of the other. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  const most = name.length < 3 ? 0 : name.length < 5 ? 1 : 2
  let best: { name: string; distance: number } | undefined
  for (const one of known) {
    const other = one.toLowerCase()
    const begins = Math.min(other.length, wanted.length) >= 3 && (other.startsWith(wanted) || wanted.startsWith(other))
    const distance = Math.min(edits(wanted, other), begins ? most : Number.POSITIVE_INFINITY)
    if (distance <= most && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name: one, distance }
  }
  return best?.name
}

/** Levenshtein's distance, in which two neighbours that changed places count as one. */
function edits(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const line = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      line[column] = Math.min(
        at(above, column) + 1,
        at(line, column - 1) + 1,
        at(above, column - 1) + (same ? 0 : 1),
        swapped ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = above
    above = line
  }
  return at(above, b.length)
}

function at(line: readonly number[], column: number): number {
  return line[column] ?? Number.POSITIVE_INFINITY
}
