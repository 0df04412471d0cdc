/** A logger for programs that load nothing of the test kit. */
export const silentLogger = { info: () => undefined, warn: () => undefined, error: () => undefined }
