// The jobs of the demo: what a shop does in the background, with the troubles that it has.
import { setTimeout as sleep } from 'node:timers/promises'
import { cancel, defineJob, exponential, retryAfter, typed } from 'worksong'

export const sendMail = defineJob({
  name: 'mail.send',
  queue: 'mail',
  input: typed<{ to: string }>(),
  async run({ to }) {
    await sleep(5 + Math.random() * 20)
    return { accepted: to }
  },
})

export const resizeImage = defineJob({
  name: 'image.resize',
  queue: 'images',
  priority: 'low',
  input: typed<{ file: string }>(),
  async run({ file }) {
    await sleep(10 + Math.random() * 40)
    return { file, width: 320 }
  },
})

/** Every third card fails at first, every tenth always: those die after three attempts. */
export const chargeCard = defineJob({
  name: 'card.charge',
  queue: 'payments',
  priority: 'high',
  input: typed<{ card: number }>(),
  retry: { attempts: 3, backoff: exponential({ first: '300ms', max: '2s' }) },
  async run({ card }, ctx) {
    await sleep(10 + Math.random() * 20)
    ctx.log.info('asked the bank', { card, attempt: ctx.job.attempt })
    if (card % 10 === 0) throw new Error('the bank says: do not honour')
    if (card % 3 === 0 && ctx.job.attempt === 1) throw new Error('connection reset by the bank')
    if (card % 7 === 0 && ctx.job.attempt === 1) return retryAfter('500ms', 'too many requests')
    return { receipt: `R-${card}` }
  },
})

/** Delayed; some are no longer wanted when their time has come. */
export const remind = defineJob({
  name: 'cart.remind',
  queue: 'mail',
  input: typed<{ cart: number }>(),
  async run({ cart }) {
    await sleep(2)
    if (cart % 20 === 0) return cancel('the cart was bought meanwhile')
    return { reminded: cart }
  },
})

export const buildReport = defineJob({
  name: 'report.build',
  queue: 'reports',
  input: typed<{ month: string }>(),
  timeout: '30s',
  async run({ month }, ctx) {
    for (let page = 1; page <= 10; page++) {
      await sleep(150, undefined, { signal: ctx.signal })
      await ctx.progress(page, 10, `page ${page} of ${month}`)
    }
    return { pages: 10 }
  },
})
