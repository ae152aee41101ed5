using System.Text.Json;

namespace Stork.Recovery;

/// <summary>What the log goes by besides its own options.</summary>
/// <param name="Retention">How long an event may still be asked for.</param>
/// <param name="MaxRoomBytes">What the names of the rooms of all who are away may take.</param>
/// <param name="MaxAttachments">Attachments of one event that clients take.</param>
/// <param name="Json">How data are written.</param>
internal sealed record RecoveryLimits(TimeSpan Retention, long MaxRoomBytes, int MaxAttachments, JsonSerializerOptions Json);
