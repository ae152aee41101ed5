namespace Stork.MessagePack.Values;

/// <summary>Arrays and objects lie deeper in each other than is allowed.</summary>
internal sealed class ValueTooDeepException(int maxDepth) : FormatException($"It is deeper than {maxDepth}.");
