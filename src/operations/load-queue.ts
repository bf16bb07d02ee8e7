/** What the queues of no-op load are named by. */
export const LOAD_QUEUE = 'worksong.load.'
