import { contractTests, type Skips } from './contract'
import { fakeUnderTest } from './fake-resource'

const OF_EVERY_FAKE: Skips = {
  'checkDeferred() refuses what COMMIT would': 'it has no constraints that only COMMIT checks',
  'checkDeferred() leaves a sound transaction as it was': 'it has no constraints that only COMMIT checks',
  'a connection lost behind COMMIT leaves the outcome unknown, though all is stored':
    'a COMMIT that is lost has never arrived there',
  'settled: a COMMIT that travelled with the only write is told as it was answered': 'it has no fixed statements',
  'settled: a write that was refused has committed nothing': 'it has no fixed statements',
  'settled: never where a hook waits for the end, so that it can still be rolled back': 'it has no fixed statements',
  'settled: never where a signal may still stop it': 'it has no fixed statements',
  'together(): what is asked for at once is answered each for itself': 'it sends one statement after the other',
  'together(): what was asked for at once commits as one': 'it sends one statement after the other',
  'a second writer beside one that has written is refused by open(), which names both': 'it has any number of writers',
  'addHook(): what listens to the end of transactions is bound to it, a stand-in’s as well':
    'nobody can listen to it but by the hooks of the engine',
  'a deadline reaches the database, which gives a statement up': 'no time passes in it',
}

contractTests('the fake', fakeUnderTest, {
  ...OF_EVERY_FAKE,
  'a refused statement undoes itself only: what is around it is committed': 'it aborts the rest, as PostgreSQL does',
})

contractTests('the fake that goes on after an error', () => fakeUnderTest({ abortsOnError: false }), {
  ...OF_EVERY_FAKE,
  'a refused statement aborts the rest: COMMIT answers rolled-back': 'it goes on after an error, as SQLite does',
})
