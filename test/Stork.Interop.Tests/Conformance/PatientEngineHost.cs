namespace Stork.Interop.Tests.Conformance;

/// <summary>The conformance host in the role <c>eio</c>, for clients that run beside other tests and may be
/// late with their pongs.</summary>
public sealed class PatientEngineHost() : ConformanceHostProcess("eio", pingTimeoutMs: 20_000);
