import type { DataSource } from 'typeorm'
import type { Prompt } from '../../core/prompt'
import { late } from '../../tx/late'
import type { Scope } from '../../tx/scope'
import { runStatement } from '../../tx/statement'
import { tracedOutside } from '../../tx/trace'
import { type Adoption, AdoptedDataSource } from '../adopt'
import type { RunnerTransaction } from '../engine'
import { listensToStatements } from '../scope-handle'
import type { FixedStatement, StatementAnswer } from './fixed-statement'
import { sendByRunner } from './send-by-runner'

/**
 * Sends a fixed statement in the scope that the caller is in, or on a connection of its own outside every scope: the
 * shortest way that the data source offers.
 *
 * @throws what a statement of a TypeORM runner throws at that place
 */
export function sendStatement<R>(
  dataSource: DataSource,
  statement: FixedStatement<R>,
  values: readonly unknown[],
): Prompt<StatementAnswer<R>> {
  const adoption = AdoptedDataSource.adoptionOf(dataSource)
  // Subscribers are told by TypeORM's own runner. Asked each time: components register themselves when they are built.
  if (adoption === undefined || dataSource.subscribers.some(listensToStatements)) {
    return sendByOwnRunner(dataSource, statement, values)
  }
  return sendDirectly(adoption, statement, values) ?? sendByOwnRunner(dataSource, statement, values)
}

/** `undefined` where only TypeORM's own way is left. */
function sendDirectly<R>(
  adoption: Adoption,
  statement: FixedStatement<R>,
  values: readonly unknown[],
): Prompt<StatementAnswer<R>> | undefined {
  const { manager } = adoption
  const scope = manager.current
  if (scope === undefined || standsAlone(scope)) {
    // Under a test root the runner is the root's.
    const open = adoption.open && manager.host === undefined
    return open ? sendOutside(adoption, scope, { statement, values }) : undefined
  }
  if (scope.state === 'ended') return Promise.reject(late(scope, manager.environment, 'statement', statement.text))
  return scope.state === 'active' ? sendInScope(adoption, scope, statement, values) : undefined
}

/** Without a transaction, and without one that waits around it. */
function standsAlone(scope: Scope): boolean {
  return scope.state === 'empty' && scope.outer === undefined
}

function sendOutside<R>(
  { engine, manager, told }: Adoption,
  scope: Scope | undefined,
  { statement, values }: { readonly statement: FixedStatement<R>; readonly values: readonly unknown[] },
): Prompt<StatementAnswer<R>> | undefined {
  if (!told || !manager.environment.observed) return engine.sendFixed?.(statement, values, scope?.label)
  const started = performance.now()
  const answer = engine.sendFixed?.(statement, values, scope?.label)
  return answer && tracedOutside(manager, statement.text, async () => answer, started)
}

function sendInScope<R>(
  { manager }: Adoption,
  scope: Scope,
  statement: FixedStatement<R>,
  values: readonly unknown[],
): Prompt<StatementAnswer<R>> | undefined {
  const transaction = scope.physical?.resource as RunnerTransaction | undefined
  if (transaction?.sendFixed === undefined) return undefined
  return runStatement(scope, manager.environment, {
    text: statement.text,
    effect: statement.effect,
    run: () => transaction.sendFixed?.(statement, values) as Prompt<StatementAnswer<R>>,
    shares: statement.shares === true,
  })
}

async function sendByOwnRunner<R>(
  dataSource: DataSource,
  statement: FixedStatement<R>,
  values: readonly unknown[],
): Promise<StatementAnswer<R>> {
  const runner = dataSource.createQueryRunner()
  try {
    return await sendByRunner(runner, statement, values)
  } finally {
    await runner.release()
  }
}
