import { after, afterEach, before, beforeEach, test } from 'node:test'
import { declareTests } from './rolled-back'

declareTests({ before, after, beforeEach, afterEach, test }, process.env['NOTES_FILE'] ?? '')
