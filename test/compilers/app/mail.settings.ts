import { type Live, live, Service, Setting, Settings } from 'ambit'

export class ServerSettings {
  @Setting({ type: String }) readonly host!: string
  @Setting() readonly port = 587
}

/** Written so that no emitted type is needed. */
@Settings('mail')
export class MailSettings {
  @Setting({ type: () => ServerSettings }) readonly server!: ServerSettings
  @Setting({ list: String }) readonly to: readonly string[] = []
  @Setting() readonly retries = 3
  @Setting({ optional: true, type: Boolean }) readonly secure?: boolean
  @Setting({ secret: true, type: String }) readonly password!: string

  get address(): string {
    return `${this.server.host}:${this.server.port}`
  }
}

@Service()
export class Mailer {
  static readonly inject = [MailSettings, live(MailSettings)]

  constructor(
    readonly settings: MailSettings,
    readonly handle: Live<MailSettings>,
  ) {}
}
