'use strict'
// What the lane maps a package to that is not there for it: requiring it fails as it does where nobody has installed it.

const error = new Error('Cannot find module: this lane runs without it')
error.code = 'MODULE_NOT_FOUND'
throw error
