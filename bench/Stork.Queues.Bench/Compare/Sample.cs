namespace Stork.Queues.Bench.Compare;

/// <summary>One peer in one scenario, once.</summary>
/// <param name="PerSecond">Messages per second.</param>
/// <param name="MicrosecondsOfCpu">Processor time per message: producer, server, consumer.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record Sample(double PerSecond, double MicrosecondsOfCpu, double Seconds);
