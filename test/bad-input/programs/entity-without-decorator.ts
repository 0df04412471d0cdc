import { bootstrap, CrudRepository, Repository } from 'ambit'
import { url } from './shop'

class Invoice {
  id!: number
}

@Repository(Invoice)
class InvoiceRepository extends CrudRepository<Invoice, number> {}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [Invoice], components: [InvoiceRepository] })
  console.log(await app.get(InvoiceRepository).count())
}

void main()
