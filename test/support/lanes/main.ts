import { betterSqlite3Library } from '../sqlite/better-sqlite3'
import type { Lane } from './lane'

export const lane: Lane = { name: 'main', typeorm: '1.1', sqlite: betterSqlite3Library }
