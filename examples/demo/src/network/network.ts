// The network between the pods, as the demo sees it: it gives a pod a place, and cuts that place off from the others.
// Everything happens in TCP proxies; the pods and the library in them know nothing of it.
import type { DnsPod } from '@rollcall/testkit'
import type { PodConfig, Routes } from '../reports.ts'

/** Where one life of a pod is on the network. */
export interface Place {
  /** What the pod must be told to live there. */
  readonly config: Pick<PodConfig, 'host' | 'port' | 'advertise' | 'peerPort' | 'portName' | 'routes'>
  /** How the headless Service lists it. */
  readonly records: Pick<DnsPod, 'addresses' | 'ports'>
  /** Lets nothing in or out any more: no byte, no end of a connection. New connections hang. */
  cut(): Promise<void>
  /** Ends the cut. What was in flight arrives when TCP would have sent it again. */
  rejoin(): Promise<void>
  /** Takes the place off the network for good. */
  close(): Promise<void>
}

/** A network of its own on the loopback interface. */
export interface Network {
  /** In words, for the title line. */
  readonly description: string
  /** An address that no pod had before. */
  attach(pod: PodLine): Promise<Place>
  close(): Promise<void>
}

/** How the network reaches a pod to tell it new routes; used where all pods share one address. */
export interface PodLine {
  routesChanged(routes: Routes): void
}
