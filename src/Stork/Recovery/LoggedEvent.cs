using Stork.Wire;

namespace Stork.Recovery;

/// <summary>An event that clients may ask for again, encoded with its offset exactly as it was sent. Never changes.</summary>
/// <param name="Sequence">Its number; greater than that of every event before it.</param>
/// <param name="Time">When it was emitted, in milliseconds of the log's clock.</param>
/// <param name="Namespace">The namespace it was emitted in.</param>
/// <param name="Packet">What is sent.</param>
/// <param name="Trails">Where it is found: those of the rooms and sessions it was for.</param>
/// <param name="Except">Rooms and sessions that were left out.</param>
internal sealed record LoggedEvent(
    long Sequence,
    long Time,
    NamespaceTrails Namespace,
    EncodedPacket Packet,
    EventTrail[] Trails,
    EventTrail[] Except);
