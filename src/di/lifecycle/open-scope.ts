/**
 * A life of a scope that is held open by hand, from `openScope()`: for what lasts longer than one block, such as a session
 * or a connection. Its components are disposed of when it has been ended and the last block in it has been left.
 *
 * @example
 * import { bootstrap, type OpenScope } from 'ambit'
 *
 * await using app = await bootstrap({ scopes: ['session'], components: [Basket] })
 * const session: OpenScope = app.openScope('session')
 * await session.run(() => app.get(Basket).add('tea'))
 * await session.run(() => app.get(Basket).items) // the same basket
 * await session.end()
 */
export interface OpenScope extends AsyncDisposable {
  readonly scope: string
  /** The id that the life is shared by, if it has one. */
  readonly id: string | undefined
  /** Whether the life is over, or ending: nothing more can be run in it. */
  readonly ended: boolean
  /**
   * Runs work in this life.
   *
   * @throws ContainerStateError `AMBIT_DI_SCOPE_ENDED`; what the work throws
   */
  run<T>(fn: () => T | PromiseLike<T>): Promise<T>
  /**
   * Lets go of the life; it ends with the last block in it. Calls share one promise.
   *
   * @throws ComponentDisposalError `AMBIT_DI_DISPOSAL`
   */
  end(): Promise<void>
}
