/** Whether statements are prepared under names that connections keep. */
export const PREPARE_MODES = ['named', 'unnamed', 'auto'] as const

/** Whether statements are prepared under names that connections keep; `'auto'`: until a pooler shows itself. */
export type PrepareMode = (typeof PREPARE_MODES)[number]
