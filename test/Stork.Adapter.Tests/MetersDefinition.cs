namespace Stork.Adapter.Tests;

/// <summary>Meters are the process's: those who count drops run one after the other, and nobody beside them drops anything.</summary>
[CollectionDefinition(nameof(Meters), DisableParallelization = true)]
public sealed class MetersDefinition;
