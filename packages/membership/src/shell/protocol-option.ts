// Checks the `protocol` option: that each name exists, and that a core can run with the values.
import { defaultProtocol, type ProtocolOptions } from '../core/options.ts'
import { protocolFault } from '../core/protocol-fault.ts'
import { OptionError } from '../errors.ts'
import { checkNames } from './option-checks.ts'

/** @throws OptionError */
export function checkProtocol(protocol: unknown): Partial<ProtocolOptions> {
  if (protocol === undefined) return {}
  checkNames('protocol.', protocol, Object.keys(defaultProtocol))
  const given = protocol as Partial<ProtocolOptions>
  const fault = protocolFault(given)
  if (fault !== undefined) throw new OptionError(`protocol.${fault.option}`, fault.expected, fault.value)
  return { ...given }
}
