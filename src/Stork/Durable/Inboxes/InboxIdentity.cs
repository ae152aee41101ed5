namespace Stork;

/// <summary>Whose inbox a socket gets.</summary>
/// <param name="Name">The name of the inbox, as in <c>io.Inbox(name)</c>.</param>
/// <param name="Device">The device, if it is known; see <see cref="InboxOptions.Device"/>.</param>
public sealed record InboxIdentity(string Name, string? Device = null);
