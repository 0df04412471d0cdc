import { afterAll, afterEach, beforeAll, beforeEach, test } from 'vitest'
import { declareTests } from './rolled-back'

declareTests({ before: beforeAll, after: afterAll, beforeEach, afterEach, test }, process.env['NOTES_FILE'] ?? '')
