// The seeded random numbers of all tests. Plain JavaScript, since processes of the tests that Node runs by itself use them, too.

/** Random numbers in [0, 1) from a seed (mulberry32): small, and the same everywhere. @param {number} seed */
export function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}
