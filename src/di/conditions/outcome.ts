/** What came of one condition of one component. Frozen. */
export interface ConditionOutcome {
  /** The component's name. */
  readonly component: string
  /** Where its registration is written: `'SmtpMailer (@Component)'`. */
  readonly origin: string
  /** The condition in words that can follow "if": `"the profile 'prod' is active"`. */
  readonly condition: string
  readonly held: boolean
  /** The reason in words that can follow "since": `"the profile 'prod' is not active"`. */
  readonly why: string
}
