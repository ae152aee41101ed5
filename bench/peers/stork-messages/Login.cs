namespace Stork.Messages.Peer;

/// <summary>What a client of the load side says when it joins.</summary>
/// <param name="User">Whose inbox it gets; null: none.</param>
/// <param name="Jobs">How many jobs it takes at once.</param>
internal sealed record Login(string? User, int Jobs);
