'use strict'
// An application as `ambit check` takes it, in memory.

const { EntitySchema } = require('typeorm')
const { CrudRepository, Query, Repository } = require('ambit')

const Parcel = new EntitySchema({
  name: 'Parcel',
  columns: { id: { type: Number, primary: true, generated: true }, label: { type: String } },
})

class Parcels extends CrudRepository {}
Query.sql('SELECT label FROM parcel')(Parcels.prototype, 'labels')
Repository(Parcel)(Parcels)

exports.application = { entities: [Parcel], components: [Parcels], database: { url: 'sqlite::memory:' } }
