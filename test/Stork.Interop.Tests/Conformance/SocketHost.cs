namespace Stork.Interop.Tests.Conformance;

/// <summary>The conformance host in the role <c>sio</c>.</summary>
public sealed class SocketHost() : ConformanceHostProcess("sio");
