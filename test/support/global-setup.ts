/** Before all tests: the Postgres server named by WORKSONG_TEST_POSTGRES, or one of our own, taken down at the end. */
import type { TestProject } from 'vitest/node'
import { launchPostgres } from './postgres-server.js'

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.WORKSONG_TEST_POSTGRES
  if (given) {
    project.provide('postgresUrl', given)
    return async () => {}
  }
  const server = await launchPostgres()
  console.log(`tests use ${server.description}`)
  project.provide('postgresUrl', server.url)
  return () => server.close()
}
