/** One result per id, in order; an id that is named twice is acted on once. */
export function eachOnce<Result>(ids: readonly string[], act: (id: string) => Result): Result[] {
  const results = new Map<string, Result>()
  for (const id of ids) if (!results.has(id)) results.set(id, act(id))
  return ids.map((id) => results.get(id) as Result)
}
