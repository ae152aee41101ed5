namespace Stork.Samples.Cluster;

/// <summary>What this server is called on the page.</summary>
internal sealed record ServerName(string Text);
