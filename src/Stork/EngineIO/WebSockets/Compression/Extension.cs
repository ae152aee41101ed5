namespace Stork.EngineIO.WebSockets.Compression;

/// <summary>An extension of the protocol that a client offers, with its parameters in their order; one without a value has null.</summary>
internal sealed record Extension(string Name, IReadOnlyList<(string Name, string? Value)> Parameters);
