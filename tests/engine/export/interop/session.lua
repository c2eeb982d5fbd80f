-- Run by ardour7-lua: session.lua make|bounce FOLDER SAMPLES
-- "make" writes a session with one track of four channels. "bounce" opens it after a file was put on the track, prints
-- the time reference that Ardour reads, and writes what comes out of the track's fader and outputs, one file a channel.
AudioEngine:set_backend("None (Dummy)", "", "")
if arg[1] == "make" then
	local session = create_session(arg[2], "session", 48000)
	session:new_audio_track(4, 4, nil, 1, "take", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
	session:save_state("", false, false, false, false, false)
else
	local session = load_session(arg[2], "session")
	print("time reference " .. session:source_by_id(PBD.ID("9000")):natural_position():samples())
	for track in session:get_tracks():iter() do
		track = track:to_track()
		track:bounce_range(0, tonumber(arg[3]), ARDOUR.InterThreadInfo(), track:main_outs(), false, "back")
	end
end
close_session()
quit()
