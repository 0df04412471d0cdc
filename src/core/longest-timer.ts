/** The longest time that a timer of Node waits, in milliseconds: it takes a longer one for one millisecond. */
export const LONGEST_TIMER_MS = 2_147_483_647
