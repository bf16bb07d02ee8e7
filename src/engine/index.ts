/** The contract that every store signs, and one wrapper that times and reports every call. */
export { CHECKS, checked, type Found, ofClock, ofSchema, refuseNewer, sizeOf, unreachable, wordsOf } from './checks.js'
export * from './contract.js'
export { type CursorPart, decodeCursor, encodeCursor } from './cursor.js'
export { Fields } from './fields.js'
export { checkFilter, passes } from './filter.js'
export { hintsOf, tellAll } from './hints.js'
export { type EngineCall, observed } from './observed.js'
export * from './records.js'
