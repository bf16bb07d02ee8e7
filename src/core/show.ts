/** A value in the words of an error: short, and never an error itself, whatever the value is. */
export function show(value: unknown, max = 60): string {
  try {
    const text = typeof value === 'string' ? `'${value}'` : String(value)
    return text.length > max ? `${text.slice(0, max)}…` : text
  } catch {
    return 'a value that cannot be shown'
  }
}
