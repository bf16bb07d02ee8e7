/** Ending connections whose other side may be gone: a half-open one never answers a goodbye, and would hold a stop for ever. */
import type { ClientBase } from 'pg'

const GOODBYE_MS = 1000

/** Wait for `goodbye` a moment, then cut what is left of these connections. Never rejects. */
export async function hangUp(clients: Iterable<ClientBase>, goodbye: () => Promise<unknown>): Promise<void> {
  await forAMoment(goodbye())
  for (const client of clients) cut(client)
}

/** Wait until it has settled, or for a second. Never rejects. */
export async function forAMoment(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS)
  })
  await Promise.race([work.catch(() => undefined), patience])
  clearTimeout(timer)
}

/** Close the socket without a word. */
export function cut(client: ClientBase): void {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } }
  connection?.stream?.destroy()
}
