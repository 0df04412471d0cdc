import { sqlite3Library } from '../sqlite/sqlite3'
import type { Lane } from './lane'

export const lane: Lane = { name: 'typeorm-0.3', typeorm: '0.3', sqlite: sqlite3Library }
