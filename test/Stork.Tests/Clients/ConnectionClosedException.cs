namespace Stork.Tests.Clients;

/// <summary>The server has ended the connection.</summary>
internal sealed class ConnectionClosedException(string how, Exception? inner = null) : Exception(how, inner);
