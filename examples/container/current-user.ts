import { Component } from 'ambit'

/** One for each request, whoever asks for it. */
@Component({ scope: 'request' })
export class CurrentUser {
  name = 'nobody'
}
