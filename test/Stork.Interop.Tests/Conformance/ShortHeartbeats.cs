namespace Stork.Interop.Tests.Conformance;

/// <summary>The hosts give a client 200 ms to answer a ping. Tests against them run alone,
/// so that nobody else's load lets them miss it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ShortHeartbeats
{
    public const string Name = "Short heartbeats";
}
