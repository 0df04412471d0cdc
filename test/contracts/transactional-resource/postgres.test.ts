import { contractTests } from './contract'
import { postgresUnderTest } from './postgres-resource'

contractTests('PostgreSQL', postgresUnderTest, {
  'a refused statement undoes itself only: what is around it is committed': 'PostgreSQL aborts the whole transaction',
  'a second writer beside one that has written is refused by open(), which names both':
    'PostgreSQL has any number of writers',
})
