/** For tests: the conformance suite that every engine passes, yours too. */
export * from './conformance/index.js'
