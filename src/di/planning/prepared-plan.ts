import { valueBlueprint } from './blueprints'
import { type ContainerPlan, planContainer, type PlanOptions } from './plan'
import type { Token } from '../token'

/**
 * A plan made before its container exists, for which it keeps a place: whoever has looked at a plan can start from it, so
 * that the graph is worked out once.
 */
export class PreparedPlan {
  readonly plan: ContainerPlan
  #container: object | undefined

  /** `token`: what the container itself is injected by. */
  constructor(options: PlanOptions, token: Token) {
    this.plan = planContainer(options, [valueBlueprint(token, () => this.#container, 'the container itself')])
  }

  /** The plan, with the container in its place; for one container only. */
  takenBy(container: object): ContainerPlan {
    if (this.#container !== undefined) throw new TypeError('another container has been made of this plan')
    this.#container = container
    return this.plan
  }
}
