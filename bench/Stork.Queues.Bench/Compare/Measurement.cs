namespace Stork.Queues.Bench.Compare;

/// <summary>One peer in one contest, once.</summary>
/// <param name="PerSecond">Messages per second.</param>
/// <param name="MicrosecondsOfCpu">Processor time per message: producer, server, consumer.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record Measurement(double PerSecond, double MicrosecondsOfCpu, double Seconds);
