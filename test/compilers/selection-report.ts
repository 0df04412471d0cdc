/** What `app/selection.ts` reports, whoever compiles it. */
export const SELECTION = {
  slow: 'post',
  same: true,
  usual: 'mail',
  list: ['mail', 'post'],
  names: ['MailChannel', 'post'],
  later: ['post'],
  none: 'nothing',
  begin: '2031-03-01T00:00:00.000Z',
  count: 2,
  left: ['ChatChannel', 'FaxChannel'],
}
