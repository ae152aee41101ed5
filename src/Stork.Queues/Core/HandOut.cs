using System.Runtime.InteropServices;

namespace Stork.Queues.Core;

/// <summary>A message as it goes to a consumer, who makes of it what its application sees.</summary>
/// <param name="Consumer">Who gets it.</param>
/// <param name="Record">A copy of its record, from the kind on.</param>
/// <param name="BodyBytes">The last bytes of the record that are the body.</param>
/// <param name="HasHeaders">Whether the record has headers.</param>
/// <param name="Attempt">What it is settled by.</param>
/// <param name="Deliveries">How often it was handed out, with this time.</param>
/// <param name="Failures">How often it failed before.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HandOut(
    ConsumerState Consumer, byte[] Record, int BodyBytes, bool HasHeaders, Attempt Attempt, int Deliveries, int Failures);
