namespace Stork.Wire;

/// <summary>
/// What no official client takes: its parser throws, it ends the connection, and it does so again whenever it is sent the same. So
/// nothing of the kind may be sent, let alone kept to be sent again.
/// </summary>
internal static class ClientLimits
{
    private static ReadOnlySpan<byte> Placeholder => "\"_placeholder\":true"u8;

    /// <summary>Why clients could not take the packet; null if they can.</summary>
    public static string? FindFault(PacketBuilder packet, int maxAttachments) =>
        packet.Attachments.Count == 0 ? null : FindFault(packet.JsonText, packet.Attachments.Count, maxAttachments);

    /// <param name="json">The arguments.</param>
    /// <param name="attachments">How many attachments come with them.</param>
    /// <param name="maxAttachments">How many clients take.</param>
    /// <returns>Why clients could not take it; null if they can.</returns>
    public static string? FindFault(ReadOnlySpan<byte> json, int attachments, int maxAttachments)
    {
        if (attachments > maxAttachments)
        {
            return $"There are {attachments} binary values; clients take at most {maxAttachments} in one packet "
                + "(SocketIOOptions.MaxAttachments).";
        }

        // Without attachments such an object is data like any other. With them it would stand for one, and mostly for one that does not
        // exist.
        return attachments > 0 && json.Count(Placeholder) > attachments
            ? "Beside binary values there is an object with \"_placeholder\": true, which clients would take for one of them."
            : null;
    }
}
