namespace Stork.Interop.Tests.Conformance;

/// <summary>The conformance host in the role <c>eio</c>.</summary>
public sealed class EngineHost() : ConformanceHostProcess("eio");
