namespace Stork.Wire;

/// <summary>Arguments that no client could take, see <see cref="ClientLimits"/>. Applications see the base class.</summary>
internal sealed class UndeliverableException(string message) : ArgumentException(message);
