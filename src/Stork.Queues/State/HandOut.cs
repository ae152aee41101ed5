using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>A message on its way to a consumer: it leaves once the record of it is as durable as it must be.</summary>
/// <param name="Consumer">To whom.</param>
/// <param name="Attempt">The hand-out.</param>
/// <param name="Record">A copy of the message's record; what is in it is read when somebody asks.</param>
/// <param name="BodyBytes">The length of the body, which is the end of the record.</param>
/// <param name="HasHeaders">Whether the message has headers.</param>
/// <param name="Deliveries">How often it was handed out, with this time.</param>
/// <param name="Failures">How often it failed before.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HandOut(
    ConsumerState Consumer, Attempt Attempt, byte[] Record, int BodyBytes, bool HasHeaders, int Deliveries, int Failures);
