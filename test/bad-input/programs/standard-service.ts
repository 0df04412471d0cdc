import { Service } from 'ambit'

@Service()
export class Signup {}
