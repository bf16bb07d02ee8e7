/** The SQLite library that the engine uses on this Node. A test must not open the same file with another in the same process. */
import { chooseLibrary } from '#dist/engines/sqlite/driver.js'

type Library = typeof import('@photostructure/sqlite')

export const { DatabaseSync } = (await chooseLibrary()) as unknown as Library
