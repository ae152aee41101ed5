namespace Stork.Samples.Workers;

/// <summary>Whether the bug is fixed from now on.</summary>
internal sealed record FixedRequest(bool Fixed);
