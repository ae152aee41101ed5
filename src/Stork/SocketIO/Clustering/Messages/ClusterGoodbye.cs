namespace Stork;

/// <summary>A server leaves: nobody need wait for it any more.</summary>
public sealed record ClusterGoodbye : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.AdapterClose;
}
