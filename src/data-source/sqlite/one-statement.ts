import type { StockRunnerClass } from '../stock-runner'
import { SqliteSeveralStatementsError } from './errors'
import { executedTokens } from '../../core/executed-tokens'

/** sqlite3 runs the first statement of a text and forgets the rest without a word: such texts are refused. */
export function withOneStatement(Stock: StockRunnerClass): StockRunnerClass {
  return class extends Stock {
    override query<T>(text: string, parameters?: unknown[], useStructuredResult = false): Promise<T> {
      if (text.includes(';') && holdsSeveral(text)) return Promise.reject(new SqliteSeveralStatementsError())
      return super.query(text, parameters, useStructuredResult as true) as Promise<T>
    }
  }
}

/** Whether anything follows the first statement; the statements inside a trigger belong to it. */
export function holdsSeveral(text: string): boolean {
  const words: string[] = []
  let ended = false
  for (const token of executedTokens(text)) {
    if (token === ';') ended = words.length > 0
    else if (ended) return !isTrigger(words)
    else words.push(token)
  }
  return false
}

function isTrigger([create, second, third]: readonly string[]): boolean {
  return create === 'create' && (second === 'trigger' || third === 'trigger')
}
